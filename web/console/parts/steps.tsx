// What really happened, step by step: of a test of a channel, of a report that was sent.
import type { KeptNote } from '../../../src/base/note.ts';
import { useNoteText } from './note-text.ts';

/** In order. */
export function Steps({ steps }: { steps: readonly KeptNote[] }) {
  const tell = useNoteText();
  return (
    <ol className="steps quiet">
      {steps.map(tell).map((step) => (
        <li key={step}>{step}</li>
      ))}
    </ol>
  );
}
