// The groups of the kit as a tree: a group shows those below it when it is opened.
import { el, icon } from './dom.ts';
import { icons } from './icons.ts';
import { groupSeparator, type SearchIndex } from './search-index.ts';
import type { View } from './session.ts';

interface Group {
  name: string;
  path: string;
  count: number;
  below: Map<string, Group>;
}

/** Draws the tree. `choose` hears the path of the chosen group, empty for all. */
export function groupTree({ session }: View, index: SearchIndex, choose: (path: string) => void): HTMLElement {
  const { texts, formats, looking } = session;
  const root = groupsOf(index);
  const buttons: HTMLButtonElement[] = [];
  const mark = (): void => {
    for (const button of buttons) button.setAttribute('aria-current', String(button.dataset['path'] === looking.group));
  };
  const nameButton = (group: Group, name: string): HTMLButtonElement => {
    const button = el(
      'button',
      {
        type: 'button',
        'data-path': group.path,
        onclick: () => {
          choose(group.path);
          mark();
        },
      },
      icon(icons.folder),
      el('span', { class: 'name' }, name),
      el('span', { class: 'count' }, formats.number(group.count)),
    );
    buttons.push(button);
    return button;
  };
  const branch = (group: Group): HTMLElement => {
    if (group.below.size === 0) return el('li', {}, nameButton(group, group.name));
    const list = el('ul', { hidden: true });
    const twist = el(
      'button',
      { type: 'button', class: 'twist', 'aria-label': group.name, 'aria-expanded': 'false' },
      icon(icons.next),
    );
    const open = (isOpen: boolean): void => {
      if (isOpen && list.childElementCount === 0) list.append(...sorted(group).map(branch));
      list.hidden = !isOpen;
      twist.setAttribute('aria-expanded', String(isOpen));
      mark();
    };
    twist.addEventListener('click', () => open(list.hidden !== false));
    if (looking.group.startsWith(group.path) && looking.group !== group.path) open(true);
    return el('li', { class: 'branch' }, twist, nameButton(group, group.name), list);
  };
  const element = el(
    'nav',
    { class: 'groups', 'aria-label': texts.groups },
    el('ul', {}, el('li', {}, nameButton(root, texts.allGroups)), ...sorted(root).map(branch)),
  );
  mark();
  return element;
}

function groupsOf(index: SearchIndex): Group {
  const root: Group = { name: '', path: '', count: 0, below: new Map() };
  const counts = new Map<string, number>();
  for (const path of index.groups) counts.set(path, (counts.get(path) ?? 0) + 1);
  for (const [path, count] of counts) {
    let group = root;
    root.count += count;
    for (const name of path.split(groupSeparator).slice(0, -1)) {
      let next = group.below.get(name);
      if (next === undefined) {
        next = { name, path: group.path + name + groupSeparator, count: 0, below: new Map() };
        group.below.set(name, next);
      }
      next.count += count;
      group = next;
    }
  }
  return root;
}

function sorted(group: Group): Group[] {
  const { compare } = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });
  return [...group.below.values()].sort((a, b) => compare(a.name, b.name));
}
