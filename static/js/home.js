// The lobby: suggests people, and a new room's name follows its title until one writes a name oneself.
import { attachPeopleFields } from "./people_field.js";

attachPeopleFields();

const form = document.getElementById("room-form");
const { title, name } = form.elements;
let follows = !name.value;

name.addEventListener("input", () => (follows = !name.value));
title.addEventListener("input", () => {
  if (!follows) return;
  const plain = title.value.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  name.value = plain.replace(/[^a-z0-9._-]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 64);
});
