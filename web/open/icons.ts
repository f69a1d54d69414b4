// The page's icons: strokes on a grid of 24, drawn for it.

/** Path data by what it means. */
export const icons = {
  key: 'M12 15a4 4 0 1 1-8 0 4 4 0 0 1 8 0zM11 12l9-9M16.500 6.500l3 3M13.500 9.500l2 2',
  people: 'M9 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM3 19c0-3 3-5 6-5s6 2 6 5M16 11a3 3 0 0 0 0-6M18 14.5c2 .7 3 2.4 3 4.5',
  shield: 'M12 3l7 3v5c0 5-3 8-7 10-4-2-7-5-7-10V6zM9 12l2 2 4-4',
  alert: 'M12 4l9 16H3zM12 10v4M12 17h.01',
  search: 'M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM16 16l5 5',
  eye: 'M2 12s4-7 10-7 10 7 10 7-4 7-10 7S2 12 2 12zM12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6z',
  hide: 'M3 3l18 18M10 6c8-2 12 6 12 6s-1 2-3 4M6 8c-3 2-4 4-4 4s4 7 10 7c1.500 0 3-.4 4-1',
  copy: 'M9 9h11v11H9zM5 15H4V4h11v1',
  lock: 'M6 11h12v9H6zM8.500 11V8a3.500 3.500 0 0 1 7 0v3',
  save: 'M12 4v11M7 11l5 5 5-5M4 20h16',
  back: 'M15 5l-7 7 7 7',
  next: 'M9 6l6 6-6 6',
  folder: 'M3 6h6l2 2h10v11H3z',
  clock: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 7v5l3 2',
  clip: 'M8 12l6-6a3.500 3.500 0 0 1 5 5l-8 8a5 5 0 0 1-7-7l7-7',
  sun: 'M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM12 3v2M12 19v2M3 12h2M19 12h2M6 6l1 1M17 17l1 1M18 6l-1 1M7 17l-1 1',
  check: 'M5 13l4 4L19 7',
  print: 'M7 9V4h10v5M7 17H4V9h16v8h-3M7 14h10v6H7z',
  close: 'M6 6l12 12M18 6L6 18',
} as const;
