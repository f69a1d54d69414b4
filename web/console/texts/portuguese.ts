// Everything that is said in Portuguese, in one file that is fetched when it is wanted.
export { failuresInPortuguese } from '../../../src/base/failure-texts/portuguese-failures.ts';
export { fieldsInPortuguese } from './fields-pt.ts';
export { pt } from './pt.ts';
