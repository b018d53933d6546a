export default {
  extends: "stylelint-config-standard",
  reportNeedlessDisables: true,
  reportDescriptionlessDisables: true,
  rules: {
    // Empty lines group the custom properties of tokens.css.
    "custom-property-empty-line-before": null,
    // A component's rules are in the order of its parts and states. The rule compares selectors that never match the
    // same element, and where two do, the later one is meant to win.
    "no-descending-specificity": null,
    // Safari knows it only with the prefix.
    "property-no-vendor-prefix": [true, { ignoreProperties: ["-webkit-text-size-adjust"] }],
    // Names of fonts are written as their makers write them.
    "value-keyword-case": ["lower", { ignoreProperties: ["/^--font/"] }],
  },
};
