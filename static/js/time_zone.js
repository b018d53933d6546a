// Tells the server the browser's time zone. The page loads it only as long as the server knows none of the user.
import { callApi } from "./api.js";

const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
// If it fails, the next page tries again.
if (timeZone) callApi("PATCH", "me/", { time_zone: timeZone }).catch(() => {});
