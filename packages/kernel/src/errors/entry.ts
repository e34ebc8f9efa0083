/** What is known of an error code, whoever raises it. */
export interface ErrorEntry {
  /** HTTP status it maps to at the edge. */
  status: number;
  /** Whether the same request may succeed later. */
  retriable: boolean;
  /** What went wrong, in a few words that are the same each time (RFC 9457 `title`). */
  title: string;
  /** What whoever reads the code can do. */
  remedy: string;
}

/** An error that the same request meets again. */
export const permanent = (status: number, title: string, remedy: string): ErrorEntry => ({
  status,
  retriable: false,
  title,
  remedy,
});

/** An error that may be gone when the same request is sent again. */
export const temporary = (status: number, title: string, remedy: string): ErrorEntry => ({
  status,
  retriable: true,
  title,
  remedy,
});
