// The one table of the console. Only the rows in sight are drawn, so that a hundred thousand are as fast as ten.
import { Card } from '@mantine/core';
import { type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from 'react';
import { flushSync } from 'react-dom';

/** A column. `width` is a track of a CSS grid; a column that is not `onPhone` is left out on narrow screens. */
export interface Column<Row> {
  title: string;
  width: string;
  onPhone?: boolean;
  /** The title is heard, not seen. */
  isTitleHidden?: boolean;
  /** Numbers stand at the right. */
  isNumber?: boolean;
  cell: (row: Row) => ReactNode;
}

/** The column of a row's buttons. Its title is heard only. */
export function actionsColumn<Row>(title: string, width: string, cell: (row: Row) => ReactNode): Column<Row> {
  return { title, isTitleHidden: true, width, onPhone: true, cell };
}

const rowHeight = 54;
const rowsBeyond = 8;
// On paper there is no scrolling; longer lists are taken as CSV.
const rowsPrinted = 2000;
const heightMax = 'min(70vh, 760px)';

/** A table of `total` rows; `rowAt` gives undefined for one that is not loaded yet. `onSight` hears which rows are in sight. */
export function DataTable<Row>(props: {
  label: string;
  columns: Column<Row>[];
  total: number;
  rowAt: (index: number) => Row | undefined;
  onSight?: (first: number, last: number) => void;
  onOpen?: (row: Row) => void;
  isSelected?: (row: Row) => boolean;
}) {
  const { label, columns, total, rowAt, onSight, onOpen } = props;
  const area = useRef<HTMLDivElement>(null);
  const [scrolled, setScrolled] = useState({ top: 0, height: 760 });
  const isPrinting = usePrinting();
  const first = isPrinting ? 0 : Math.max(0, Math.floor(scrolled.top / rowHeight) - rowsBeyond);
  const last = isPrinting
    ? Math.min(total, rowsPrinted)
    : Math.min(total, Math.ceil((scrolled.top + scrolled.height) / rowHeight) + rowsBeyond);
  useEffect(() => {
    const element = area.current;
    if (element === null) return undefined;
    const measure = (): void => setScrolled({ top: element.scrollTop, height: element.clientHeight });
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    element.addEventListener('scroll', measure, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener('scroll', measure);
    };
  }, []);
  useEffect(() => onSight?.(first, last), [first, last, onSight]);
  const wide = columns.map(({ width }) => width).join(' ');
  const narrow = columns
    .filter(({ onPhone }) => onPhone === true)
    .map(({ width }) => width)
    .join(' ');
  const indexes = Array.from({ length: Math.max(0, last - first) }, (_, index) => first + index);
  return (
    <Card withBorder padding={0} className="table" style={{ '--wide': wide, '--narrow': narrow }}>
      <div
        ref={area}
        role="table"
        aria-label={label}
        aria-rowcount={total + 1}
        tabIndex={0}
        className="table-area"
        style={{ maxHeight: heightMax }}
      >
        <div role="rowgroup" className="table-head">
          <div role="row" className="table-row" aria-rowindex={1}>
            {columns.map((column) => (
              <div key={column.title} role="columnheader" className={cellClass(column)}>
                {column.isTitleHidden === true ? <span className="visually-hidden">{column.title}</span> : column.title}
              </div>
            ))}
          </div>
        </div>
        <div role="rowgroup" className="table-body" style={{ height: total * rowHeight }}>
          {indexes.map((index) => {
            const row = rowAt(index);
            return (
              <div
                key={index}
                role="row"
                aria-rowindex={index + 2}
                className={rowClass(onOpen !== undefined, row !== undefined && props.isSelected?.(row) === true)}
                style={{ transform: `translateY(${index * rowHeight}px)`, height: rowHeight }}
                {...(row === undefined || onOpen === undefined ? {} : opener(() => onOpen(row)))}
              >
                {columns.map((column) => (
                  <div key={column.title} role="cell" className={cellClass(column)}>
                    {row === undefined ? <span className="table-blank" /> : column.cell(row)}
                  </div>
                ))}
              </div>
            );
          })}
        </div>
      </div>
    </Card>
  );
}

function usePrinting(): boolean {
  const [isPrinting, setPrinting] = useState(false);
  useEffect(() => {
    // The rows must be there when the event is over.
    const begin = (): void => flushSync(() => setPrinting(true));
    const end = (): void => setPrinting(false);
    addEventListener('beforeprint', begin);
    addEventListener('afterprint', end);
    return () => {
      removeEventListener('beforeprint', begin);
      removeEventListener('afterprint', end);
    };
  }, []);
  return isPrinting;
}

/** A table of rows that are all here. */
export function RowsTable<Row>(props: {
  label: string;
  columns: Column<Row>[];
  rows: readonly Row[];
  onOpen?: (row: Row) => void;
  isSelected?: (row: Row) => boolean;
}) {
  const { rows, ...rest } = props;
  return <DataTable {...rest} total={rows.length} rowAt={(index) => rows[index]} />;
}

/** Two lines in one cell: what it is, and what is said of it. */
export function TwoLines({ first, second, isMono }: { first: ReactNode; second?: ReactNode; isMono?: boolean }) {
  return (
    <div className="two-lines">
      <div className="two-lines-first">{first}</div>
      {second === undefined || second === '' ? null : (
        <div className={isMono === true ? 'quiet mono' : 'quiet'}>{second}</div>
      )}
    </div>
  );
}

// A link inside the row does the same for the keyboard; the row itself is for the mouse, and for Enter where it has the focus.
function opener(open: () => void) {
  return {
    onClick: open,
    onKeyDown: (event: KeyboardEvent) => {
      if (event.key === 'Enter' && event.target === event.currentTarget) open();
    },
  };
}

function cellClass({ onPhone, isNumber }: Pick<Column<unknown>, 'onPhone' | 'isNumber'>): string {
  return `table-cell${onPhone === true ? '' : ' wide-only'}${isNumber === true ? ' number' : ''}`;
}

function rowClass(opens: boolean, isSelected: boolean): string {
  return `table-row table-line${opens ? ' opens' : ''}${isSelected ? ' selected' : ''}`;
}
