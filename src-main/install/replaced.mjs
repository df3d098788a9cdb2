/**
 * Stands for a library whose part the console has replaced: takes every setting and import at load, and refuses to work.
 * @param {string} name of the library
 */
export default function replaced(name) {
  const refuse = () => {
    throw new Error(`${name} is not in this program`);
  };
  const anything = new Proxy(function () {}, {
    get: (_target, key) => (key === 'prototype' ? {} : key === 'use' ? () => undefined : anything),
    set: () => true,
    apply: refuse,
    construct: refuse,
  });
  return new Proxy(
    {},
    {
      get(_target, key) {
        // Called while acme-client and node-vault are loaded.
        if (key === 'create') return () => anything;
        if (key === 'cryptoProvider') return { set: () => undefined };
        return key === '__esModule' ? false : anything;
      },
    },
  );
}
