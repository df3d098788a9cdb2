/** The one channel between page and core, the same name in both directions. Only frames travel on it, as JSON text. */
export const frameChannel = 'bootroot:frame';
