// The page of a person.
import { showLocalTimes } from "./local_times.js";
import "./shell.js";

showLocalTimes(document);
