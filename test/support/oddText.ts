import fc from "fast-check";

/** Text as an attacker or a careless person writes it: line ends, control characters, comments, blanks, broken Unicode. */
export const oddText: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({ unit: "grapheme" }),
  fc
    .array(
      fc.constantFrom(
        ..."ab1._-/#+:$%uc \t\n\r\0\u001b\u007f\u0085\u00a0\u2028\ufeff\ufffe\ud800".split(""),
        "user admin",
        "topic readwrite #",
        "pattern readwrite #",
        "%u",
        "\r\n",
      ),
      { maxLength: 8 },
    )
    .map((parts) => parts.join("")),
);
