/** How new secret_ids are bound, as it is typed. */
export interface Binding {
  /** 0: without limit. */
  readonly uses: number;
  /** One a line. */
  readonly cidrs: string;
  /** `30m`; empty: not wrapped. */
  readonly wrapTtl: string;
}

export const unbound: Binding = { uses: 0, cidrs: '', wrapTtl: '' };

export const cidrsOf = ({ cidrs }: Binding): readonly string[] =>
  cidrs.split(/[\s,]+/).filter((one) => one !== '');

const address = /^(?:\d{1,3}(?:\.\d{1,3}){3}\/\d{1,2}|[0-9a-f:]*:[0-9a-f:.]*\/\d{1,3})$/i;
const duration = /^[1-9]\d{0,6}[smh]?$/;

/** Which of the fields will not do. What passes here is still checked by the console. */
export function badFields(binding: Binding): readonly (keyof Binding)[] {
  const bad: (keyof Binding)[] = [];
  if (!Number.isInteger(binding.uses) || binding.uses < 0 || binding.uses > 1_000_000) bad.push('uses');
  if (cidrsOf(binding).some((one) => !address.test(one))) bad.push('cidrs');
  if (binding.wrapTtl !== '' && !duration.test(binding.wrapTtl)) bad.push('wrapTtl');
  return bad;
}

/** The part of the operation's input that says the same. */
export const bindingInput = (binding: Binding): object => ({
  ...(binding.uses === 0 ? {} : { uses: binding.uses }),
  ...(cidrsOf(binding).length === 0 ? {} : { cidrs: cidrsOf(binding) }),
  ...(binding.wrapTtl === '' ? {} : { wrapTtl: binding.wrapTtl }),
});

/** And the words of the command line. */
export const bindingWords = (binding: Binding): readonly string[] => [
  ...(binding.uses === 0 ? [] : ['--secret-id-num-uses', String(binding.uses)]),
  ...(cidrsOf(binding).length === 0 ? [] : ['--rn-cidrs', cidrsOf(binding).join(',')]),
  ...(binding.wrapTtl === '' ? [] : ['--secret-id-wrap-ttl', binding.wrapTtl]),
];
