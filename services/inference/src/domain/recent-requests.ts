/** Which requests of a version came before: the same request counts once, however often it is made. */
export interface RecentRequests {
  /** Whether it is none of the last ones; it is one of them from now on. */
  isNew(request: string): boolean;
}

/** As many distinct requests as four windows hold. */
const remembered = 8192;

/** Memory is bounded: beyond `size` distinct requests the oldest is forgotten. */
export function recentRequests(size = remembered): RecentRequests {
  const recent = new Set<string>();
  return {
    isNew(request) {
      if (recent.has(request)) return false;
      if (recent.size >= size) recent.delete(recent.values().next().value!);
      recent.add(request);
      return true;
    },
  };
}
