export interface GateReason {
  code: string;
  message: string;
}
