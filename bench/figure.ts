/** One line of the table: a figure, its baseline measured in the same run, and their ratio. */
export interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly lambkin: number;
  readonly bare: number;
  /** Median of the ratios of alternating blocks, not the ratio of the medians. */
  readonly ratio: number;
  readonly goal?: string;
}
