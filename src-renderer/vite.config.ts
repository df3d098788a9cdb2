import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** Relative addresses, no inline script and no data: script, so that one build serves `app://` and the loopback host under a strict CSP. */
export default defineConfig({
  base: './',
  publicDir: false,
  plugins: [react()],
  build: {
    // Relative to this folder, which is the root of the build.
    outDir: '../dist/renderer',
    emptyOutDir: true,
    // Chromium 108 is the oldest window that must show it.
    target: 'chrome108',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 600,
  },
});
