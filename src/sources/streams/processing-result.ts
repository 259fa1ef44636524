// What `LastProcessingResult` says, in Lambda's words where they are known.

export const OK = 'OK';
/** Also for a function that is throttled, or not there any more. */
export const FUNCTION_FAILED = 'PROBLEM: Function call failed';
/** The stream can't be read. */
export const NOT_READABLE = 'PROBLEM: Connection error. Please check your event source connection configuration.';
export const INTERNAL_ERROR = 'PROBLEM: internal Lambda error. Please contact Lambda customer support.';
