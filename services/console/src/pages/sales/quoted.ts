/** Where a quotation stands: that its last day is over is no state of its own, but it is what one has to know. */
export const standing = (quotation: { status: string; expired: boolean }): string =>
  quotation.expired ? 'expired' : quotation.status;
