// Signs, drawn here so that nothing is loaded from elsewhere. They repeat what a word beside them says.
const paths = {
  home: 'M4 11.5 12 4l8 7.5M6 10v10h12V10M10 20v-6h4v6',
  settings: 'M4 7h10M18 7h2M4 17h2M10 17h10M14 4.5v5M6 14.5v5',
  runs: 'M12 7v5l3.5 2M21 12a9 9 0 1 1-3-6.7M21 4v4h-4',
  recovery: 'M12 3l8 3v6c0 4.5-3.2 8-8 9-4.8-1-8-4.5-8-9V6l8-3ZM8.8 12l2.3 2.3 4.2-4.4',
  alerts: 'M6 16V11a6 6 0 1 1 12 0v5l1.5 2h-15L6 16ZM10 21h4',
  account: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM4.5 20c1-3.5 4-5 7.5-5s6.5 1.5 7.5 5',
  secrets: 'M14.5 14a5 5 0 1 0-4.6-3L4 17v3h3l1-1v-2h2v-2h2l.9-1.2M16 8.5h.01',
  system: 'M4 5h16v6H4zM4 13h16v6H4zM7.5 8h.01M7.5 16h.01M11 8h6M11 16h6',
  recordings: 'M3 6h18v12H3zM10 9.5v5l4.5-2.5z',
  check: 'M5 12.5l4.5 4.5L19 7.5',
  warning: 'M12 4 2.8 19.5h18.4L12 4ZM12 10v4.5M12 17h.01',
  cross: 'M6 6l12 12M18 6 6 18',
  clock: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM12 7v5l3 2',
  place:
    'M4 6c0-1.7 3.6-3 8-3s8 1.3 8 3-3.6 3-8 3-8-1.3-8-3ZM4 6v12c0 1.7 3.6 3 8 3s8-1.3 8-3V6M4 12c0 1.7 3.6 3 8 3s8-1.3 8-3',
  plus: 'M12 5v14M5 12h14',
  play: 'M7 5v14l11-7z',
  pause: 'M8 5v14M16 5v14',
  sun: 'M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM12 2v3M12 19v3M2 12h3M19 12h3M5 5l2 2M17 17l2 2M19 5l-2 2M7 17l-2 2',
  moon: 'M20 14.5A8.5 8.5 0 0 1 9.5 4 8.5 8.5 0 1 0 20 14.5Z',
  out: 'M14 4h5v16h-5M10 8l-4 4 4 4M6 12h9',
  copy: 'M9 9h11v11H9zM5 15H4V4h11v1',
  download: 'M12 4v11M7 11l5 5 5-5M4 20h16',
  search: 'M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13ZM15.5 15.5 21 21',
  folder: 'M3 6h6l2 2.5h10V19H3z',
  file: 'M6 3h8l4 4v14H6zM14 3v4h4',
  link: 'M10 14a4 4 0 0 0 6 .4l3-3a4 4 0 0 0-5.600-5.700l-1 1M14 10a4 4 0 0 0-6-.4l-3 3a4 4 0 0 0 5.600 5.700l1-1',
  hold: 'M6 4h12v16l-6-4.5L6 20z',
  kit: 'M4 8h16v12H4zM4 8l3-4h10l3 4M9.500 13.500h5',
  drill: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM12 12h.01',
  restore: 'M4 4v5h5M4.600 9a8.500 8.500 0 1 1-.9 5M12 8v4.500l3 2',
  people:
    'M9 11a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7ZM2.500 20c.6-3.500 3.200-5.500 6.500-5.500s5.900 2 6.500 5.500M16 4.600a3.500 3.500 0 0 1 0 6.300M18 14.800c2 .7 3.200 2.500 3.500 5.200',
  audit: 'M6 3h9l4 4v14H6zM9 11h6M9 15h6M9 7h3',
  more: 'M5 12h.01M12 12h.01M19 12h.01',
  arrow: 'M5 12h14M13 6l6 6-6 6',
  back: 'M19 12H5M11 6l-6 6 6 6',
  key: 'M14.5 14a5 5 0 1 0-4.6-3L4 17v3h3l1-1v-2h2v-2h2l.9-1.2M16 8.5h.01',
} as const;

/** The name of a sign. */
export type IconName = keyof typeof paths;

/** A sign of `size` pixels in the colour of the text around it. */
export function Icon({ name, size = 20 }: { name: IconName; size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth={1.8}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      <path d={paths[name]} />
    </svg>
  );
}

/** Orbit's own mark. */
export function Mark({ size = 30 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="8" fill="#1d4f91" />
      <circle cx="16" cy="16" r="4.5" fill="#fff" />
      <ellipse
        cx="16"
        cy="16"
        rx="12"
        ry="5.5"
        fill="none"
        stroke="#fff"
        strokeWidth="2"
        transform="rotate(-28 16 16)"
      />
    </svg>
  );
}
