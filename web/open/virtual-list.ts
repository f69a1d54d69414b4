// A list of any length of which only what can be seen is in the document. Moves by keys as a list box does.
import { el } from './dom.ts';

/** The list and what may be asked of it. */
export interface VirtualList {
  element: HTMLElement;
  /** Shows other items; the scroll goes back to the top, and nothing is chosen unless `chosen` says where. */
  show(count: number, chosen?: number): void;
  focus(): void;
}

const rowHeight = 58;
const spareRows = 6;

/** Makes a list. `row` draws the content of one item, `choose` hears what was chosen, `enter` when Enter was pressed on it. */
export function virtualList(options: {
  label: string;
  row: (place: number) => Node[];
  choose: (place: number) => void;
  enter: () => void;
}): VirtualList {
  const inner = el('div', { class: 'rows', role: 'presentation' });
  const element = el('div', { class: 'list', role: 'listbox', tabindex: 0, 'aria-label': options.label }, inner);
  let count = 0;
  let chosen = -1;
  const draw = (): void => {
    const first = Math.max(0, Math.floor(element.scrollTop / rowHeight) - spareRows);
    const last = Math.min(
      count,
      Math.ceil((element.scrollTop + (element.clientHeight || 800)) / rowHeight) + spareRows,
    );
    const rows: HTMLElement[] = [];
    for (let place = first; place < last; place += 1) {
      const row = el(
        'div',
        {
          class: 'item',
          role: 'option',
          id: `item-${place}`,
          'aria-setsize': count,
          'aria-posinset': place + 1,
          'aria-selected': String(place === chosen),
          onclick: () => choose(place, true),
        },
        ...options.row(place),
      );
      row.style.top = `${place * rowHeight}px`;
      rows.push(row);
    }
    inner.replaceChildren(...rows);
  };
  const choose = (place: number, isClick = false): void => {
    if (place < 0 || place >= count) return;
    chosen = place;
    const top = place * rowHeight;
    if (top < element.scrollTop) element.scrollTop = top;
    const bottom = top + rowHeight - element.clientHeight;
    if (bottom > element.scrollTop) element.scrollTop = bottom;
    element.setAttribute('aria-activedescendant', `item-${place}`);
    draw();
    options.choose(place);
    if (isClick) options.enter();
  };
  element.addEventListener('scroll', draw, { passive: true });
  element.addEventListener('keydown', (event) => {
    const page = Math.max(1, Math.floor(element.clientHeight / rowHeight) - 1);
    const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page };
    const step = steps[event.key];
    if (step !== undefined) choose(Math.max(0, Math.min(count - 1, chosen + step)));
    else if (event.key === 'Home') choose(0);
    else if (event.key === 'End') choose(count - 1);
    else if (event.key === 'Enter' && chosen >= 0) options.enter();
    else return;
    event.preventDefault();
  });
  new ResizeObserver(draw).observe(element);
  return {
    element,
    show(newCount, place = -1) {
      count = newCount;
      chosen = place;
      inner.style.height = `${count * rowHeight}px`;
      element.scrollTop = Math.max(0, place * rowHeight - element.clientHeight / 2);
      element.removeAttribute('aria-activedescendant');
      draw();
    },
    focus: () => element.focus(),
  };
}
