// Packages of the old machine against those of the target.

/** What differs. */
export interface PackageDifference {
  missing: string[];
  differing: { name: string; was: string; is: string }[];
}

/** Reads a list that the host profile keeps: name, version, and with dpkg a state. */
export function parsePackageList(text: string): Map<string, string> {
  const rows = text.split('\n').map((line) => line.split('\t'));
  return new Map(
    rows.flatMap(([name, version, state = 'ii']) =>
      name && version && state.startsWith('ii') ? [[name, version]] : [],
    ),
  );
}

/** Compares. */
export function comparePackages(was: Map<string, string>, is: Map<string, string>): PackageDifference {
  const difference: PackageDifference = { missing: [], differing: [] };
  for (const [name, version] of was) {
    const other = is.get(name);
    if (other === undefined) difference.missing.push(name);
    else if (other !== version) difference.differing.push({ name, was: version, is: other });
  }
  return difference;
}
