// The part of Idiomorph's interface that the scripts use.

interface Config {
  morphStyle?: "innerHTML" | "outerHTML";
  ignoreActive?: boolean;
  ignoreActiveValue?: boolean;
  callbacks?: {
    beforeNodeMorphed?: (before: Node, after: Node) => boolean | void;
    beforeNodeRemoved?: (node: Node) => boolean | void;
    beforeAttributeUpdated?: (name: string, node: Element, mutation: "update" | "remove") => boolean | void;
  };
}

export const Idiomorph: { morph(before: Element, after: Element, config?: Config): void };
