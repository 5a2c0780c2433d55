/** What users read of a failure: the types, apart from the code on both sides of them. */

/** A class of errors, as `FailureDetails.is` takes it. */
export type ErrorType = abstract new (...args: never[]) => Error;

/** Why a task or an orchestration failed, as it was recorded. */
export interface FailureDetails {
  /** The error's `name`, or its class's when the name is only a built-in one. `ThrownValue` for what is not an error. */
  readonly errorType: string;
  readonly message: string;
  readonly stack?: string;
  /** At most 10 deep. */
  readonly cause?: FailureDetails;
  /** Of an AggregateError. */
  readonly errors?: readonly FailureDetails[];
  readonly nonRetriable: boolean;
  /** `error.properties`, and `error.code` where there is one. */
  readonly properties?: Readonly<Record<string, unknown>>;
  /** True if it is of this type by name (the class's `name` for a class, so mind minifiers); `Error` fits every failure. */
  is(type: string | ErrorType): boolean;
}
