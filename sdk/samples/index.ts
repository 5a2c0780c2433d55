/** The door of `sdk/samples`: complete small programs, as a user would write them. */
export { hello, helloSequence } from './hello.ts';
export { backup, digestFile, listFiles, type BackupRequest, type FileDigest, type FileToDigest, type Manifest } from './backup.ts';
export { approval, askForApproval, purchase, type Approval, type Order, type PurchaseOutcome } from './purchase.ts';
export { lookAtJob, monitor, stopWatching, type Look, type Watch } from './monitor.ts';
export { CardDeclinedError, charge, pay, payPatiently, type Charge, type Receipt } from './payment.ts';
export { book, bookTrip, cancelBooking, type Booking, type Trip, type TripOutcome } from './trip.ts';
export { census, countRegion, countTown, type Census, type Region } from './census.ts';
export { insureParcel, packParcel, sendParcel, shipping, trackParcel } from './shipping.ts';
