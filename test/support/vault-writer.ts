// A process of its own that changes the vault forty times: node vault-writer.ts HOME ID NAME
import { systemClock } from '../../src/base/clock.ts';
import { openVault } from '../../src/sources/secrets/vault/vault.ts';
import { openInstanceKey } from '../../src/store/instance-key.ts';
import { openStore } from '../../src/store/store.ts';
import { isFailure } from '../../src/base/failure.ts';

const [home = '', id = '', name = ''] = process.argv.slice(2);
const store = openStore(home);
const vault = openVault(store, openInstanceKey(home), systemClock);
for (let round = 0; round < 40; round += 1) {
  vault.add({ title: `${name}${round}` });
  addTag(`${name}${round}`);
}
store.close();

// Looks, then writes on the condition that nobody was in between; else looks again.
function addTag(tag: string): void {
  for (;;) {
    const { tags, revision } = vault.show(id);
    try {
      vault.edit(id, { tags: [...tags, tag] }, { ifRevision: revision });
      return;
    } catch (error) {
      if (!isFailure(error, 'vault.changed-meanwhile')) throw error;
    }
  }
}
