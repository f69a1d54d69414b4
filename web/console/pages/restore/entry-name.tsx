// The name of an entry with the sign of its kind; a folder's name opens it.
import { Anchor } from '@mantine/core';
import type { EntryView } from '../../../../src/api/schemas/restore.ts';
import { useTexts } from '../../app/i18n.ts';
import { Icon } from '../../parts/icons.tsx';
import { TwoLines } from '../../parts/table.tsx';

/** `about` stands below the name instead of what the kind of entry says. */
export function EntryName(props: { entry: EntryView; about?: string; onOpen?: (() => void) | undefined }) {
  const { entry, onOpen } = props;
  const { t } = useTexts();
  const icon = entry.type === 'dir' ? 'folder' : entry.type === 'symlink' ? 'link' : 'file';
  const isPlain = entry.type === 'file' || entry.type === 'dir' || entry.type === 'symlink';
  const plain = isPlain ? undefined : t(`restore.type.${entry.type}`);
  const about = entry.linkTarget === undefined ? plain : `→ ${entry.linkTarget}`;
  return (
    <div className="entry-name">
      <span className={entry.type === 'dir' ? 'entry-folder' : 'quiet'}>
        <Icon name={icon} size={18} />
      </span>
      <TwoLines
        first={
          onOpen === undefined ? (
            entry.name
          ) : (
            <Anchor component="button" type="button" onClick={onOpen} fw={600}>
              {entry.name}
            </Anchor>
          )
        }
        second={props.about ?? about}
      />
    </div>
  );
}
