/** The rows of the fault list on SMTP and DNS, by letter. */
const rows: Readonly<Record<string, readonly (number | readonly [first: number, last: number])[]>> = {
  S: [[1, 8], [10, 18], 22, 23, [24, 26]],
  T: [
    [1, 11],
    [13, 17],
  ],
  A: [[1, 4]],
  M: [[1, 6]],
  R: [[1, 10], 12, 13],
  P: [[1, 2]],
  D: [[1, 9]],
  F: [
    [1, 4],
    [7, 9],
    [11, 13],
  ],
  N: [
    [1, 6],
    [8, 17],
    [19, 21],
  ],
};

/** Their ids, in order: what is listed has a test that names it in its title. */
export function listedFaults(): string[] {
  return Object.entries(rows).flatMap(([letter, ranges]) =>
    ranges.flatMap((range) => (typeof range === 'number' ? [range] : numbers(range)).map((row) => rowId(letter, row))),
  );
}

function numbers([first, last]: readonly [number, number]): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

function rowId(letter: string, row: number): string {
  return `${letter}${String(row).padStart(2, '0')}`;
}
