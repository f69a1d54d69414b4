// Orbit and stock restic take turns on one repository: backup, forget and prune at random, against a model that knows what
// every snapshot holds. The walk is the same in every run; ORBIT_ACTIONS=500 makes it longer, ORBIT_SEED takes another one.
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { check } from '../src/engine/maintain/check.ts';
import { runForget } from '../src/engine/maintain/forget.ts';
import { prune } from '../src/engine/maintain/prune.ts';
import { withLock } from '../src/engine/repository/repository-lock.ts';
import { randomBytesOf } from './support/random-bytes.ts';
import { type TestRepository, testRepository } from './support/repository.ts';
import { needs } from './support/tools.ts';

const actions = Number(process.env['ORBIT_ACTIONS'] ?? 100);
const seed = Number(process.env['ORBIT_SEED'] ?? 20_261_126);

// mulberry32: small, and the same everywhere.
function numbersFrom(start: number): (below: number) => number {
  let state = start;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

type Content = Record<string, string>;

function contentOf(folder: string): Content {
  const names = readdirSync(folder).sort();
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name)).toString('latin1')]));
}

class Walk {
  readonly #repository: TestRepository;
  readonly #random: (below: number) => number;
  readonly #source: string;
  /** What each snapshot that is there holds. */
  readonly #model = new Map<string, Content>();
  readonly log: string[] = [];
  #restored = 0;

  constructor(repository: TestRepository, random: (below: number) => number) {
    this.#repository = repository;
    this.#random = random;
    this.#source = join(repository.folder, 'source');
    mkdirSync(this.#source);
  }

  async step(): Promise<void> {
    const dice = this.#random(10);
    if (this.#model.size === 0 || dice < 5) await this.#backup();
    else if (dice < 8) await this.#forget();
    else await this.#prune();
  }

  async #backup(): Promise<void> {
    for (let changes = 1 + this.#random(3); changes > 0; changes -= 1) {
      const path = join(this.#source, `file-${this.#random(8)}`);
      if (this.#random(4) === 0) rmSync(path, { force: true });
      else writeFileSync(path, randomBytesOf(`content ${this.#random(20)}`, 1 + this.#random(20_000)));
    }
    const before = new Set((await this.#repository.snapshots()).map(({ id }) => id));
    const writer = this.#writer('backup');
    if (writer === 'orbit') await this.#repository.backup([this.#source]);
    else await this.#repository.restic('backup', this.#source, '--host', 'test');
    const made = (await this.#repository.snapshots()).filter(({ id }) => !before.has(id));
    assert.equal(made.length, 1);
    this.#model.set(made[0]?.id ?? '', contentOf(this.#source));
  }

  async #forget(): Promise<void> {
    const ids = [...this.#model.keys()];
    const id = ids[this.#random(ids.length)] ?? assert.fail();
    if (this.#writer(`forget ${id.slice(0, 8)}`) === 'restic') await this.#repository.restic('forget', id);
    else
      await this.#repository.open((_, repository) =>
        withLock(repository, { exclusive: true }, async (signal) =>
          runForget(repository, [await repository.loadSnapshot(id)], { signal }),
        ),
      );
    this.#model.delete(id);
  }

  async #prune(): Promise<void> {
    if (this.#writer('prune') === 'restic') await this.#repository.restic('prune', '--max-unused', '0');
    else
      await this.#repository.open((_, repository) =>
        prune(repository, { maxUnused: { bytes: 0 }, graceMs: 0 }).then(({ failure }) =>
          assert.equal(failure, undefined),
        ),
      );
  }

  #writer(what: string): 'orbit' | 'restic' {
    const writer = this.#random(2) === 0 ? 'orbit' : 'restic';
    this.log.push(`${writer} ${what}`);
    return writer;
  }

  /** Both check, and every snapshot comes back as the model has it; who restores changes from one to the next. */
  async judge(): Promise<void> {
    await this.#repository.restic('check', '--read-data');
    const { problems } = await this.#repository.open((_, repository) => check(repository, { readData: true }));
    assert.deepEqual(
      problems.filter(({ severity }) => severity === 'error'),
      [],
    );
    const ids = (await this.#repository.snapshots()).map(({ id }) => id);
    assert.deepEqual(ids.toSorted(), [...this.#model.keys()].sort());
    for (const id of ids) {
      this.#restored += 1;
      const target = join(this.#repository.folder, `out-${this.#restored}`);
      if (this.#restored % 2 === 0) await this.#repository.restore(id, target);
      else await this.#repository.restic('restore', id, '--target', target);
      assert.deepEqual(contentOf(join(target, this.#source)), this.#model.get(id));
      rmSync(target, { recursive: true });
    }
  }
}

test(
  `Orbit and restic take turns at random, and nothing a snapshot holds is lost (seed ${seed})`,
  needs('restic'),
  async (context) => {
    const walk = new Walk(await testRepository(context), numbersFrom(seed));
    try {
      for (let action = 1; action <= actions; action += 1) {
        await walk.step();
        if (action % 25 === 0 || action === actions) await walk.judge();
      }
    } catch (error) {
      console.error(`seed ${seed}:\n${walk.log.join('\n')}`);
      throw error;
    }
  },
);
