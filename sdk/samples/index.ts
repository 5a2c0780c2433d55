/** The door of `sdk/samples`: complete small programs, as a user would write them. */
export { hello, helloSequence } from './hello.ts';
export { backup, digestFile, listFiles, type BackupRequest, type FileDigest, type FileToDigest, type Manifest } from './backup.ts';
