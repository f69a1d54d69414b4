// How the console looks: calm, one blue, status by colour and word and sign together.
import { createTheme } from '@mantine/core';

/** The theme. Shade 8 on white passes WCAG AA, which the usual shade 6 does not. */
export const theme = createTheme({
  primaryColor: 'orbit',
  colors: {
    orbit: [
      '#eef4fc',
      '#dbe6f5',
      '#b3caeb',
      '#88ade2',
      '#6594da',
      '#4f84d6',
      '#427cd5',
      '#336abd',
      '#1d4f91',
      '#163f76',
    ],
    // Dark, with the blue of the ground in it.
    dark: [
      '#d5dbe1',
      '#c0c8d0',
      '#a9b4c0',
      '#7d8995',
      '#56616c',
      '#3b444d',
      '#262d34',
      '#1e242a',
      '#191e23',
      '#12161a',
    ],
  },
  primaryShade: { light: 8, dark: 8 },
  autoContrast: true,
  defaultRadius: 'md',
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif',
  fontFamilyMonospace: 'ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace',
  headings: {
    fontWeight: '650',
    sizes: {
      h1: { fontSize: '1.6rem' },
      h2: { fontSize: '1.15rem' },
      h3: { fontSize: '1rem' },
      h4: { fontSize: '0.95rem' },
    },
  },
  cursorType: 'pointer',
});
