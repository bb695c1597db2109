/** The ways in which metadata is looked up. */
const LOOKUPS = ['getMetadata', 'getOwnMetadata', 'hasMetadata', 'hasOwnMetadata', 'getMetadataKeys', 'getOwnMetadataKeys']; // prettier-ignore

/** How often metadata is looked up by reflection while the work is done. */
export async function countLookups(work) {
  const originals = LOOKUPS.map((name) => [name, Reflect[name]]);
  let count = 0;
  for (const [name, original] of originals) {
    Reflect[name] = (...args) => {
      count++;
      return original.apply(Reflect, args);
    };
  }
  try {
    await work();
  } finally {
    for (const [name, original] of originals) Reflect[name] = original;
  }
  return count;
}
