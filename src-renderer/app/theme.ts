import {
  createTheme,
  type CSSVariablesResolver,
  type MantineColorsTuple,
  type MantineTheme,
} from '@mantine/core';
import { statusColours, statuses } from '../ui/status.ts';

const accent: MantineColorsTuple = [
  '#e8f5f6',
  '#cfe8eb',
  '#a3d3d9',
  '#74bcc5',
  '#4da7b3',
  '#2f919f',
  '#1b7a88',
  '#0f6674',
  '#0a525e',
  '#063e48',
];
const gray: MantineColorsTuple = [
  '#f6f7f9',
  '#eef0f3',
  '#e2e6eb',
  '#cfd5dc',
  '#b3bcc6',
  '#7d8793',
  '#535e6a',
  '#434d59',
  '#2c353f',
  '#1b2430',
];
const dark: MantineColorsTuple = [
  '#dde3ea',
  '#b6c0cb',
  '#a3aeba',
  '#7b8693',
  '#3a434f',
  '#2a313b',
  '#1f252d',
  '#181d24',
  '#11151a',
  '#0b0e12',
];

/** For what takes away: dark enough for white letters, light enough on a dark ground. */
const red: MantineColorsTuple = [
  '#fdeeee',
  '#fad7d8',
  '#f5b3b5',
  '#f08d91',
  '#e56a70',
  '#d64b53',
  '#c0333c',
  '#a92630',
  '#8f1520',
  '#6e0d16',
];

/** Colours by which an operator tells installations apart. Each is a mark beside the name, never the only sign. */
export const installationColours = ['teal', 'blue', 'violet', 'pink', 'orange', 'lime', 'slate'] as const;

/** Quiet surfaces, one accent, letters of the system: nothing is loaded from elsewhere. */
export const theme = createTheme({
  colors: { accent, gray, dark, red },
  primaryColor: 'accent',
  primaryShade: { light: 7, dark: 6 },
  autoContrast: true,
  luminanceThreshold: 0.28,
  black: '#1b2430',
  fontFamily:
    "Inter, 'Segoe UI', 'Noto Sans', 'Noto Sans KR', 'Noto Sans CJK KR', 'Apple SD Gothic Neo', 'Malgun Gothic', system-ui, sans-serif",
  fontFamilyMonospace:
    "'JetBrains Mono', 'Cascadia Mono', 'Noto Sans Mono', 'DejaVu Sans Mono', Menlo, Consolas, monospace",
  fontSizes: { xs: '12px', sm: '13px', md: '14px', lg: '16px', xl: '19px' },
  lineHeights: { xs: '1.4', sm: '1.45', md: '1.5', lg: '1.5', xl: '1.4' },
  spacing: { xs: '6px', sm: '10px', md: '14px', lg: '20px', xl: '28px' },
  headings: {
    fontWeight: '600',
    sizes: {
      h1: { fontSize: '21px', lineHeight: '1.3' },
      h2: { fontSize: '16px', lineHeight: '1.35' },
      h3: { fontSize: '14px', lineHeight: '1.4' },
    },
  },
  defaultRadius: 'sm',
  radius: { xs: '3px', sm: '5px', md: '7px', lg: '10px', xl: '14px' },
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: {
    Button: { defaultProps: { size: 'xs' } },
    ActionIcon: { defaultProps: { variant: 'subtle', color: 'gray' } },
    TextInput: { defaultProps: { size: 'sm' } },
    Tooltip: {
      defaultProps: {
        openDelay: 350,
        withArrow: true,
        multiline: true,
        maw: 360,
        portalProps: { target: '#overlays' },
      },
    },
    Modal: {
      defaultProps: { centered: true, transitionProps: { duration: 0 }, overlayProps: { opacity: 0.4 } },
    },
    Drawer: { defaultProps: { transitionProps: { duration: 0 }, overlayProps: { opacity: 0.4 } } },
    // The placeholder that would take the first focus is no child that a menu may have.
    Menu: {
      defaultProps: {
        transitionProps: { duration: 0 },
        shadow: 'md',
        withInitialFocusPlaceholder: false,
        portalProps: { target: '#overlays' },
      },
    },
    // Fields of a row line up whatever length their sentences have.
    InputWrapper: { defaultProps: { inputWrapperOrder: ['label', 'input', 'description', 'error'] } },
  },
});

const statusVariables = (scheme: 'light' | 'dark'): Record<string, string> =>
  Object.fromEntries(
    statuses.flatMap((status) => [
      [`--bc-${status}-text`, statusColours[scheme][status].text],
      [`--bc-${status}-ground`, statusColours[scheme][status].ground],
    ]),
  );

/** The product's own names for surfaces, lines and status colours, for both themes. */
export const variables: CSSVariablesResolver = ({ colors }: MantineTheme) => ({
  variables: {},
  light: {
    '--mantine-color-body': '#ffffff',
    '--mantine-color-dimmed': colors['gray']?.[6] ?? '',
    '--mantine-color-placeholder': colors['gray']?.[6] ?? '',
    '--mantine-color-anchor': colors['accent']?.[7] ?? '',
    '--mantine-color-error': '#a01824',
    '--bc-page': '#f4f6f8',
    '--bc-surface': '#ffffff',
    '--bc-sunken': '#eef0f3',
    '--bc-line': '#dce1e7',
    '--bc-line-strong': '#8b95a1',
    '--bc-hover': '#eef3f4',
    '--bc-selected': '#dff0f2',
    '--bc-accent': colors['accent']?.[7] ?? '',
    '--bc-accent-soft': '#e3f1f3',
    '--bc-added': '#dcf2e6',
    '--bc-removed': '#fde4e5',
    ...statusVariables('light'),
  },
  dark: {
    '--mantine-color-body': '#181d24',
    '--mantine-color-dimmed': colors['dark']?.[2] ?? '',
    '--mantine-color-placeholder': colors['dark']?.[2] ?? '',
    '--mantine-color-anchor': colors['accent']?.[3] ?? '',
    '--mantine-color-error': '#ff9a9e',
    '--bc-page': '#11151a',
    '--bc-surface': '#181d24',
    '--bc-sunken': '#0e1216',
    '--bc-line': '#2a313b',
    '--bc-line-strong': '#6b7684',
    '--bc-hover': '#1f262e',
    '--bc-selected': '#163238',
    '--bc-accent': colors['accent']?.[4] ?? '',
    '--bc-accent-soft': '#14292e',
    '--bc-added': '#143527',
    '--bc-removed': '#471a1e',
    ...statusVariables('dark'),
  },
});
