// What happens on a recorded terminal, whatever it was recorded as. Browsers use it too: nothing of Node here.

/** Something that happened on a recorded terminal, `atMs` after its start. The text of a `resize` is `COLUMNSxROWS`. */
export interface TerminalEvent {
  atMs: number;
  type: 'output' | 'input' | 'resize' | 'marker';
  text: string;
}
