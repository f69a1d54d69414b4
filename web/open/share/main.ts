// Begins the page of a custodian's link: takes the key out of the address before anything else can keep it.
import '../style.css';
import './share.css';
import { readLink } from './link.ts';
import { runSharePage } from './share-page.ts';

const token = location.hash.slice(1);
history.replaceState(null, '', location.pathname);
runSharePage(document.getElementById('app') ?? document.body, await readLink(token));
