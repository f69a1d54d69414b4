// A small chart of one quantity over days. Drawn here: a library for charts would weigh more than the whole console.
import { useId, useState } from 'react';

/** A day and its value. */
export interface Point {
  day: string;
  value: number;
}

const width = 320;
const height = 88;
const pad = 4;

/** Bars or a filled line, with the newest value told in words. `words` tells a point. */
export function Chart(props: {
  label: string;
  points: Point[];
  shape: 'line' | 'bars';
  words: (point: Point) => string;
}) {
  const { label, points, shape, words } = props;
  const [shown, setShown] = useState<number>();
  const id = useId();
  const top = Math.max(1, ...points.map(({ value }) => value));
  const x = (index: number): number =>
    points.length === 1 ? width / 2 : pad + (index * (width - 2 * pad)) / (points.length - 1);
  const y = (value: number): number => height - pad - (value / top) * (height - 2 * pad - 6);
  const point = points[shown ?? points.length - 1];
  if (point === undefined) return null;
  const line = points.map(({ value }, index) => `${x(index).toFixed(1)},${y(value).toFixed(1)}`).join(' ');
  const barWidth = Math.max(1.5, Math.min(14, ((width - 2 * pad) / points.length) * 0.7));
  return (
    <figure className="chart" aria-labelledby={id}>
      <figcaption id={id}>
        <span className="chart-label">{label}</span>
        <span className="chart-words">{words(point)}</span>
      </figcaption>
      <svg
        viewBox={`0 0 ${width} ${height}`}
        preserveAspectRatio="none"
        aria-hidden="true"
        onPointerLeave={() => setShown(undefined)}
        onPointerMove={(event) => {
          const { left, width: drawn } = event.currentTarget.getBoundingClientRect();
          const share = (event.clientX - left) / drawn;
          setShown(Math.max(0, Math.min(points.length - 1, Math.round(share * (points.length - 1)))));
        }}
      >
        <line x1={0} x2={width} y1={height - pad} y2={height - pad} className="chart-ground" />
        {shape === 'bars' || points.length === 1
          ? points.map(({ day, value }, index) => (
              <rect
                key={day}
                className={index === shown ? 'chart-bar chart-shown' : 'chart-bar'}
                x={Math.min(width - barWidth, Math.max(0, x(index) - barWidth / 2))}
                y={y(value)}
                width={barWidth}
                height={Math.max(1, height - pad - y(value))}
                rx={1}
              />
            ))
          : null}
        {shape === 'line' && points.length > 1 ? (
          <>
            <polygon
              className="chart-area"
              points={`${x(0)},${height - pad} ${line} ${x(points.length - 1)},${height - pad}`}
            />
            <polyline className="chart-line" points={line} vectorEffect="non-scaling-stroke" />
          </>
        ) : null}
      </svg>
      <table className="visually-hidden">
        <caption>{label}</caption>
        <tbody>
          {points.map((each) => (
            <tr key={each.day}>
              <th scope="row">{each.day}</th>
              <td>{words(each)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </figure>
  );
}
