const address = /^(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\]):(\d{1,5})$/;

/** `host:port`, several by comma or space; `wrong` is the first that is none. */
export function addressesIn(text: string): {
  readonly addresses: readonly string[];
  readonly wrong: string | undefined;
} {
  const addresses = text.split(/[\s,]+/).filter((part) => part !== '');
  const wrong = addresses.find((part) => {
    const port = Number(address.exec(part)?.[1] ?? 0);
    return port < 1 || port > 65_535;
  });
  return { addresses, wrong };
}
