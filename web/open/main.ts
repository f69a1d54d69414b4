// Begins the page: takes the kit's files out of the document, proves them, and hands over.
import './style.css';
import { runApp, showRefusal } from './app.ts';
import { checkKit, KitRefused } from './kit-check.ts';
import { takeEmbeddedFiles } from './kit-files.ts';

const root = document.getElementById('app') ?? document.body;
try {
  const files = takeEmbeddedFiles(document);
  if (files.size === 0) showRefusal(root, undefined);
  else runApp(root, files, await checkKit(files));
} catch (error) {
  showRefusal(root, error instanceof KitRefused ? error.fault : { kind: 'bad-manifest' });
}
