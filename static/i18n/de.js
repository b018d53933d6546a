'use strict';
{
  const globals = this;
  const django = globals.django || (globals.django = {});

  
  django.pluralidx = function(n) {
    const v = (n != 1);
    if (typeof v === 'boolean') {
      return v ? 1 : 0;
    } else {
      return v;
    }
  };
  

  /* gettext library */

  django.catalog = django.catalog || {};
  
  const newcatalog = {
    "%(count)s byte": [
      "%(count)s Byte",
      "%(count)s Bytes"
    ],
    "%(count)s character left": [
      "Noch %(count)s Zeichen",
      "Noch %(count)s Zeichen"
    ],
    "%(count)s here": "%(count)s hier",
    "%(count)s message": [
      "%(count)s Nachricht",
      "%(count)s Nachrichten"
    ],
    "%(count)s new message": [
      "%(count)s neue Nachricht",
      "%(count)s neue Nachrichten"
    ],
    "%(count)s result": [
      "%(count)s Ergebnis",
      "%(count)s Ergebnisse"
    ],
    "%(count)s suggestion": [
      "%(count)s Vorschlag",
      "%(count)s Vorschl\u00e4ge"
    ],
    "%(count)s unread": [
      "%(count)s ungelesen",
      "%(count)s ungelesen"
    ],
    "%(count)s unread, %(mentions)s for you": [
      "%(count)s ungelesen, %(mentions)s f\u00fcr dich",
      "%(count)s ungelesen, %(mentions)s f\u00fcr dich"
    ],
    "%(name)s is empty.": "%(name)s ist leer.",
    "%(name)s is too large: %(size)s. Files can have at most %(limit)s.": "%(name)s ist zu gro\u00df: %(size)s. Dateien d\u00fcrfen h\u00f6chstens %(limit)s gro\u00df sein.",
    "%(name)s not uploaded. %(problem)s": "%(name)s nicht hochgeladen. %(problem)s",
    "%(name)s uploaded.": "%(name)s hochgeladen.",
    "%(names)s and %(count)s more": [
      "%(names)s und %(count)s weitere",
      "%(names)s und %(count)s weitere"
    ],
    "%(names)s is not in this room and won't see this.": [
      "%(names)s ist nicht in diesem Raum und sieht das nicht.",
      "%(names)s sind nicht in diesem Raum und sehen das nicht."
    ],
    "%(number)s GB": "%(number)s GB",
    "%(number)s MB": "%(number)s MB",
    "%(number)s kB": "%(number)s kB",
    "%(one)s and %(two)s are typing\u2026": "%(one)s und %(two)s schreiben\u00a0\u2026",
    "%(one)s is typing\u2026": "%(one)s schreibt\u00a0\u2026",
    "%(one)s, %(two)s and %(count)s other are typing\u2026": [
      "%(one)s, %(two)s und %(count)s weitere Person schreiben\u00a0\u2026",
      "%(one)s, %(two)s und %(count)s weitere schreiben\u00a0\u2026"
    ],
    "%(one)s, %(two)s and %(three)s are typing\u2026": "%(one)s, %(two)s und %(three)s schreiben\u00a0\u2026",
    "%(status)s, until %(time)s": "%(status)s, bis %(time)s",
    "%(who)s invited you to %(where)s": "%(who)s hat dich zu %(where)s eingeladen",
    "%(zone)s, now %(time)s": "%(zone)s, jetzt %(time)s",
    ", ": ", ",
    "A file was not uploaded: retry or remove it.": "Eine Datei wurde nicht hochgeladen: Versuche es noch einmal oder entferne sie.",
    "A message can have at most %(count)s file.": [
      "Eine Nachricht kann h\u00f6chstens %(count)s Datei haben.",
      "Eine Nachricht kann h\u00f6chstens %(count)s Dateien haben."
    ],
    "A moderator disconnected you.": "Ein Moderator hat deine Verbindung getrennt.",
    "Actions for %(name)s": "Aktionen f\u00fcr %(name)s",
    "Allow them in the site settings, which open left of the address, and reload this page. If Parlor is installed, they are in the settings of your system.": "Erlaube sie in den Website-Einstellungen, die sich links neben der Adresse \u00f6ffnen lassen, und lade diese Seite neu. Wenn Parlor installiert ist, findest du sie in den Einstellungen deines Systems.",
    "Browsers allow notifications only over https. Ask your admin to set it up.": "Browser erlauben Benachrichtigungen nur \u00fcber https. Bitte deinen Admin, es einzurichten.",
    "Can't reach the server. Try again in a moment.": "Der Server ist nicht erreichbar. Versuche es gleich noch einmal.",
    "Cancel": "Abbrechen",
    "Code copied": "Code kopiert",
    "Copy the link. It works for 7 days.": "Kopiere den Link. Er gilt 7 Tage.",
    "Decline": "Ablehnen",
    "Dismiss": "Ausblenden",
    "Do not disturb": "Nicht st\u00f6ren",
    "Download %(name)s": "%(name)s herunterladen",
    "Edit": "Bearbeiten",
    "Edit not saved. %(problem)s": "\u00c4nderung nicht gespeichert. %(problem)s",
    "Edit not saved:": "\u00c4nderung nicht gespeichert:",
    "Edit not saved: this message was edited on another device, as shown above. Your edit:": "\u00c4nderung nicht gespeichert: Diese Nachricht wurde auf einem anderen Ger\u00e4t bearbeitet, wie oben angezeigt. Deine \u00c4nderung:",
    "File": "Datei",
    "File not deleted. %(problem)s": "Datei nicht gel\u00f6scht. %(problem)s",
    "Files can\u2019t be scheduled yet: remove them, or send the message now.": "Dateien k\u00f6nnen noch nicht geplant werden: Entferne sie oder sende die Nachricht jetzt.",
    "Finish editing first: files can only be attached to a new message.": "Beende zuerst die Bearbeitung: Dateien k\u00f6nnen nur an eine neue Nachricht angeh\u00e4ngt werden.",
    "Folders can't be attached. Attach the files in them.": "Ordner k\u00f6nnen nicht angeh\u00e4ngt werden. H\u00e4nge die Dateien darin an.",
    "Invite link copied. It works for 7 days.": "Einladungslink kopiert. Er gilt 7 Tage.",
    "Join": "Beitreten",
    "Join the room to react.": "Tritt dem Raum bei, um zu reagieren.",
    "Jump to latest": "Zu den neuesten Nachrichten",
    "Later": "Sp\u00e4ter",
    "Link copied": "Link kopiert",
    "Link previews": "Linkvorschauen",
    "Linked messages": "Verlinkte Nachrichten",
    "Members: %(count)s": "Mitglieder: %(count)s",
    "Message from a person you have blocked": "Nachricht von einer Person, die du blockiert hast",
    "Message scheduled: %(time)s": "Nachricht geplant: %(time)s",
    "Message too long: remove %(count)s character.": [
      "Nachricht zu lang: Entferne %(count)s Zeichen.",
      "Nachricht zu lang: Entferne %(count)s Zeichen."
    ],
    "No connection.": "Keine Verbindung.",
    "No connection. Retrying in %(seconds)s s.": "Keine Verbindung. Neuer Versuch in %(seconds)s\u00a0s.",
    "No connection. Retrying\u2026": "Keine Verbindung. Neuer Versuch\u00a0\u2026",
    "No results": "Keine Ergebnisse",
    "Not available here: this page was opened over http.": "Hier nicht verf\u00fcgbar: Diese Seite wurde \u00fcber http ge\u00f6ffnet.",
    "Not deleted. %(problem)s": "Nicht gel\u00f6scht. %(problem)s",
    "Not sent. %(problem)s": "Nicht gesendet. %(problem)s",
    "Notifications": "Benachrichtigungen",
    "Notifications are off.": "Benachrichtigungen sind ausgeschaltet.",
    "Notifications are on.": "Benachrichtigungen sind eingeschaltet.",
    "Notifications from Parlor are blocked in this browser.": "Benachrichtigungen von Parlor sind in diesem Browser blockiert.",
    "Notifications saved.": "Benachrichtigungen gespeichert.",
    "Notify %(count)s person?": [
      "%(count)s Person benachrichtigen?",
      "%(count)s Personen benachrichtigen?"
    ],
    "Notify everyone in this room": "Alle in diesem Raum benachrichtigen",
    "Notify everyone who is online": "Alle benachrichtigen, die online sind",
    "Now": "Jetzt",
    "On iPhone and iPad, add Parlor to the home screen first.": "F\u00fcge Parlor auf iPhone und iPad zuerst zum Home-Bildschirm hinzu.",
    "Open message": "Nachricht \u00f6ffnen",
    "Open task": [
      "Offene Aufgabe",
      "%(count)s offene Aufgaben"
    ],
    "Pinned messages: %(count)s": "Angeheftete Nachrichten: %(count)s",
    "Processing\u2026": "Wird verarbeitet\u00a0\u2026",
    "Reaction not added. %(problem)s": "Reaktion nicht hinzugef\u00fcgt. %(problem)s",
    "Reaction not removed. %(problem)s": "Reaktion nicht entfernt. %(problem)s",
    "Reminder set: %(time)s": "Erinnerung gesetzt: %(time)s",
    "Remove %(name)s": "%(name)s entfernen",
    "Remove preview of %(title)s": "Vorschau von %(title)s entfernen",
    "Removed from saved": "Nicht mehr gemerkt",
    "Report message": "Nachricht melden",
    "Reported. A moderator will look at it.": "Gemeldet. Ein Moderator sieht es sich an.",
    "Retry": "Noch einmal versuchen",
    "Retry %(name)s": "%(name)s noch einmal hochladen",
    "Save anyway": "Trotzdem speichern",
    "Saved for later": "F\u00fcr sp\u00e4ter gemerkt",
    "Search messages for \u201c%(text)s\u201d": "Nachrichten nach \u201e%(text)s\u201c durchsuchen",
    "Sends when the files are uploaded. Type or press Esc to cancel.": "Wird gesendet, sobald die Dateien hochgeladen sind. Tippe oder dr\u00fccke Esc, um abzubrechen.",
    "Several people are named \u201c%(name)s\u201d: %(choices)s. Enter a username.": "Mehrere Personen hei\u00dfen \u201e%(name)s\u201c: %(choices)s. Gib einen Benutzernamen ein.",
    "Show": "Anzeigen",
    "Show all %(count)s line": [
      "%(count)s Zeile anzeigen",
      "Alle %(count)s Zeilen anzeigen"
    ],
    "Show less": "Weniger anzeigen",
    "Slow mode: you can send again in %(count)s second.": [
      "Langsamer Modus: du kannst in %(count)s Sekunde wieder senden.",
      "Langsamer Modus: du kannst in %(count)s Sekunden wieder senden."
    ],
    "Somebody": "Jemand",
    "Something was reported.": "Es wurde etwas gemeldet.",
    "Something went wrong. Try again.": "Etwas ist schiefgegangen. Versuche es noch einmal.",
    "Tap Share, then \u201cAdd to Home Screen\u201d. Open Parlor from there and come back to this page.": "Tippe auf \u201eTeilen\u201c, dann auf \u201eZum Home-Bildschirm\u201c. \u00d6ffne Parlor von dort und kehre zu dieser Seite zur\u00fcck.",
    "Task created.": "Aufgabe erstellt.",
    "Text copied": "Text kopiert",
    "That didn't work. Try again.": "Das hat nicht geklappt. Versuche es noch einmal.",
    "The browser asks whether Parlor may show notifications: choose \u201cAllow\u201d.": "Der Browser fragt, ob Parlor Benachrichtigungen anzeigen darf: W\u00e4hle \u201eZulassen\u201c oder \u201eErlauben\u201c.",
    "The browser blocked copying.": "Der Browser hat das Kopieren blockiert.",
    "The browser could not reach its push service.": "Der Browser konnte seinen Push-Dienst nicht erreichen.",
    "The connection was lost.": "Die Verbindung wurde unterbrochen.",
    "The file has changed or can't be read any more. Attach it again.": "Die Datei hat sich ge\u00e4ndert oder kann nicht mehr gelesen werden. H\u00e4nge sie noch einmal an.",
    "The file is too large.": "Die Datei ist zu gro\u00df.",
    "The message was deleted.": "Die Nachricht wurde gel\u00f6scht.",
    "The message you were editing was deleted.": "Die Nachricht, die du bearbeitet hast, wurde gel\u00f6scht.",
    "The message you were editing was deleted. Your text is kept as a new message.": "Die Nachricht, die du bearbeitet hast, wurde gel\u00f6scht. Dein Text bleibt als neue Nachricht erhalten.",
    "The server can't take the file at the moment.": "Der Server kann die Datei momentan nicht annehmen.",
    "The server did not respond.": "Der Server hat nicht geantwortet.",
    "The upload was interrupted, and the browser has not kept the file. Attach it again.": "Der Upload wurde unterbrochen und der Browser hat die Datei nicht behalten. H\u00e4nge sie noch einmal an.",
    "There is no such message here.": "Diese Nachricht gibt es hier nicht.",
    "This browser can't show notifications.": "Dieser Browser kann keine Benachrichtigungen anzeigen.",
    "This device has a passkey for your account already.": "Dieses Ger\u00e4t hat schon einen Passkey f\u00fcr dein Konto.",
    "This message is still being sent. You can delete it afterwards.": "Diese Nachricht wird noch gesendet. Danach kannst du sie l\u00f6schen.",
    "This message was deleted.": "Diese Nachricht wurde gel\u00f6scht.",
    "This room is now open to guests (people without an account)": "Dieser Raum ist jetzt f\u00fcr G\u00e4ste (Personen ohne Konto) ge\u00f6ffnet",
    "This room is now public: everybody on this server can read all of it": "Dieser Raum ist jetzt \u00f6ffentlich: Alle auf diesem Server k\u00f6nnen alles darin lesen",
    "Today": "Heute",
    "Try again in a moment. Some browsers have none, or have it turned off in their settings.": "Versuche es gleich noch einmal. Manche Browser haben keinen oder er ist in ihren Einstellungen ausgeschaltet.",
    "Turning on\u2026": "Wird eingeschaltet\u00a0\u2026",
    "Unfinished edit:": "Angefangene \u00c4nderung:",
    "Uploading %(count)s file.": [
      "%(count)s Datei wird hochgeladen.",
      "%(count)s Dateien werden hochgeladen."
    ],
    "Uploading %(name)s": "%(name)s wird hochgeladen",
    "Uploading %(name)s.": "%(name)s wird hochgeladen.",
    "Use a current Firefox, Chrome, Edge or Safari, and not a private window.": "Verwende einen aktuellen Firefox, Chrome, Edge oder Safari und kein privates Fenster.",
    "User not found.": "Benutzer nicht gefunden.",
    "View": "Ansehen",
    "Yesterday": "Gestern",
    "You are muted until %(moment)s: you can read, but not write.": "Du bist bis %(moment)s stummgeschaltet: du kannst lesen, aber nicht schreiben.",
    "You are muted: you can read, but not write.": "Du bist stummgeschaltet: du kannst lesen, aber nicht schreiben.",
    "You are signed out.": "Du bist abgemeldet.",
    "You are signed out. Sign in and try again.": "Du bist abgemeldet. Melde dich an und versuche es noch einmal.",
    "You have no messages to edit here.": "Du hast hier keine Nachrichten zum Bearbeiten.",
    "a deleted account": "einem gel\u00f6schten Konto",
    "away": "abwesend",
    "online": "online",
    "you": "du",
    "\u2713 Task done": "\u2713 Aufgabe erledigt"
  };
  for (const key in newcatalog) {
    django.catalog[key] = newcatalog[key];
  }
  

  if (!django.jsi18n_initialized) {
    django.gettext = function(msgid) {
      const value = django.catalog[msgid];
      if (typeof value === 'undefined') {
        return msgid;
      } else {
        return (typeof value === 'string') ? value : value[0];
      }
    };

    django.ngettext = function(singular, plural, count) {
      const value = django.catalog[singular];
      if (typeof value === 'undefined') {
        return (count == 1) ? singular : plural;
      } else {
        return value.constructor === Array ? value[django.pluralidx(count)] : value;
      }
    };

    django.gettext_noop = function(msgid) { return msgid; };

    django.pgettext = function(context, msgid) {
      let value = django.gettext(context + '\x04' + msgid);
      if (value.includes('\x04')) {
        value = msgid;
      }
      return value;
    };

    django.npgettext = function(context, singular, plural, count) {
      let value = django.ngettext(context + '\x04' + singular, context + '\x04' + plural, count);
      if (value.includes('\x04')) {
        value = django.ngettext(singular, plural, count);
      }
      return value;
    };

    django.interpolate = function(fmt, obj, named) {
      if (named) {
        return fmt.replace(/%\(\w+\)s/g, function(match){return String(obj[match.slice(2,-2)])});
      } else {
        return fmt.replace(/%s/g, function(match){return String(obj.shift())});
      }
    };


    /* formatting library */

    django.formats = {
    "DATETIME_FORMAT": "j. F Y H:i",
    "DATETIME_INPUT_FORMATS": [
      "%d.%m.%Y %H:%M:%S",
      "%d.%m.%Y %H:%M:%S.%f",
      "%d.%m.%Y %H:%M",
      "%Y-%m-%d %H:%M:%S",
      "%Y-%m-%d %H:%M:%S.%f",
      "%Y-%m-%d %H:%M",
      "%Y-%m-%d"
    ],
    "DATE_FORMAT": "j. F Y",
    "DATE_INPUT_FORMATS": [
      "%d.%m.%Y",
      "%d.%m.%y",
      "%Y-%m-%d"
    ],
    "DECIMAL_SEPARATOR": ",",
    "FIRST_DAY_OF_WEEK": 1,
    "MONTH_DAY_FORMAT": "j. F",
    "NUMBER_GROUPING": 3,
    "SHORT_DATETIME_FORMAT": "d.m.Y H:i",
    "SHORT_DATE_FORMAT": "d.m.Y",
    "THOUSAND_SEPARATOR": ".",
    "TIME_FORMAT": "H:i",
    "TIME_INPUT_FORMATS": [
      "%H:%M:%S",
      "%H:%M:%S.%f",
      "%H:%M"
    ],
    "YEAR_MONTH_FORMAT": "F Y"
  };

    django.get_format = function(format_type) {
      const value = django.formats[format_type];
      if (typeof value === 'undefined') {
        return format_type;
      } else {
        return value;
      }
    };

    /* add to global namespace */
    globals.pluralidx = django.pluralidx;
    globals.gettext = django.gettext;
    globals.ngettext = django.ngettext;
    globals.gettext_noop = django.gettext_noop;
    globals.pgettext = django.pgettext;
    globals.npgettext = django.npgettext;
    globals.interpolate = django.interpolate;
    globals.get_format = django.get_format;

    django.jsi18n_initialized = true;
  }
};
