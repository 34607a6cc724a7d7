/** TEST_LONG=1 runs every case of a test. Otherwise each run takes some of them in turn. */
export const long: boolean = process.env["TEST_LONG"] === "1";
