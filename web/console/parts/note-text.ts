// A note of a run or a drill in the reader's words.
import { type KeptNote, tellNote } from '../../../src/base/note.ts';
import { failuresOf, useTexts } from '../app/i18n.ts';

/** Tells a note, and the failure that may be its reason. */
export function useNoteText(): (note: KeptNote) => string {
  const { language } = useTexts();
  return (note) => tellNote(note, language, failuresOf(language));
}
