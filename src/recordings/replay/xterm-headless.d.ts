// The emulator as an ES module, which Node and browsers load alike; its package describes only the CommonJS one.
declare module '@xterm/headless/lib-headless/xterm-headless.mjs' {
  export { Terminal } from '@xterm/headless';
}
