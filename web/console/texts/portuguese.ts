// Everything that is said in Portuguese, in one file that is fetched when it is wanted.
export { pt } from './pt.ts';
export { failuresInPortuguese } from './failures-pt.ts';
export { fieldsInPortuguese } from './fields-pt.ts';
