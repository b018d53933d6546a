// The page of the user's status: shows when it ends as the reader's locale writes it.
import { showLocalTimes } from "./local_times.js";

showLocalTimes(document);
