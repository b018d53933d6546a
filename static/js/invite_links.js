// The page of invite links: copies them, and shows times in the reader's time zone.
import "./copy.js";
import "./moments.js";
