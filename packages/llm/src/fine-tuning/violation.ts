/** What a fine-tuning endpoint would refuse in a training file. */
export interface FileViolation {
  code:
    | 'too-few-lines'
    | 'too-large'
    | 'malformed'
    | 'last-not-assistant'
    | 'tool-unknown'
    | 'arguments-not-string'
    | 'arguments-invalid'
    | 'duplicate-id'
    | 'call-unanswered'
    | 'leakage';
  /** From 1; null when it is about the whole file. */
  line: number | null;
  message: string;
}
