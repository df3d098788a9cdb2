/** Asked for by `--long`: what takes minutes more, and every case where a sample is enough each day. */
export const long = process.env['BOOTROOT_TEST_LONG'] === '1';
