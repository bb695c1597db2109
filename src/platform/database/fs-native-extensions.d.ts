/** The package ships no types; this is the part in use. */
declare module 'fs-native-extensions' {
  /** An exclusive lock on an open file, without waiting; false where another holds it. */
  export function tryLock(fd: number): boolean;
}
