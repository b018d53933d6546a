'use strict';
{
  const globals = this;
  const django = globals.django || (globals.django = {});

  
  django.pluralidx = function(n) {
    const v = (n == 0 ? 0 : n == 1 ? 1 : n == 2 ? 2 : n % 100 >= 3 && n % 100 <= 10 ? 3 : n % 100 >= 11 && n % 100 <= 99 ? 4 : 5);
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
      "%(count)s byte",
      "%(count)s bytes",
      "%(count)s bytes",
      "%(count)s bytes",
      "%(count)s bytes",
      "%(count)s bytes"
    ],
    "%(count)s character left": [
      "%(count)s character left",
      "%(count)s characters left",
      "%(count)s characters left",
      "%(count)s characters left",
      "%(count)s characters left",
      "%(count)s characters left"
    ],
    "%(count)s new message": [
      "%(count)s new message",
      "%(count)s new messages",
      "%(count)s new messages",
      "%(count)s new messages",
      "%(count)s new messages",
      "%(count)s new messages"
    ],
    "%(count)s result": [
      "%(count)s result",
      "%(count)s results",
      "%(count)s results",
      "%(count)s results",
      "%(count)s results",
      "%(count)s results"
    ],
    "%(count)s suggestion": [
      "%(count)s suggestion",
      "%(count)s suggestions",
      "%(count)s suggestions",
      "%(count)s suggestions",
      "%(count)s suggestions",
      "%(count)s suggestions"
    ],
    "%(names)s and %(count)s more": [
      "%(names)s and %(count)s more",
      "%(names)s and %(count)s more",
      "%(names)s and %(count)s more",
      "%(names)s and %(count)s more",
      "%(names)s and %(count)s more",
      "%(names)s and %(count)s more"
    ],
    "%(names)s is not in this room and won't see this.": [
      "%(names)s is not in this room and won't see this.",
      "%(names)s are not in this room and won't see this.",
      "%(names)s are not in this room and won't see this.",
      "%(names)s are not in this room and won't see this.",
      "%(names)s are not in this room and won't see this.",
      "%(names)s are not in this room and won't see this."
    ],
    "%(one)s, %(two)s and %(count)s other are typing\u2026": [
      "%(one)s, %(two)s and %(count)s other are typing\u2026",
      "%(one)s, %(two)s and %(count)s others are typing\u2026",
      "%(one)s, %(two)s and %(count)s others are typing\u2026",
      "%(one)s, %(two)s and %(count)s others are typing\u2026",
      "%(one)s, %(two)s and %(count)s others are typing\u2026",
      "%(one)s, %(two)s and %(count)s others are typing\u2026"
    ],
    "A message can have at most %(count)s file.": [
      "A message can have at most %(count)s file.",
      "A message can have at most %(count)s files.",
      "A message can have at most %(count)s files.",
      "A message can have at most %(count)s files.",
      "A message can have at most %(count)s files.",
      "A message can have at most %(count)s files."
    ],
    "Message too long: remove %(count)s character.": [
      "Message too long: remove %(count)s character.",
      "Message too long: remove %(count)s characters.",
      "Message too long: remove %(count)s characters.",
      "Message too long: remove %(count)s characters.",
      "Message too long: remove %(count)s characters.",
      "Message too long: remove %(count)s characters."
    ],
    "Notify %(count)s person?": [
      "Notify %(count)s person?",
      "Notify %(count)s people?",
      "Notify %(count)s people?",
      "Notify %(count)s people?",
      "Notify %(count)s people?",
      "Notify %(count)s people?"
    ],
    "Open task": [
      "Open task",
      "%(count)s open tasks",
      "%(count)s open tasks",
      "%(count)s open tasks",
      "%(count)s open tasks",
      "%(count)s open tasks"
    ],
    "Show all %(count)s line": [
      "Show all %(count)s line",
      "Show all %(count)s lines",
      "Show all %(count)s lines",
      "Show all %(count)s lines",
      "Show all %(count)s lines",
      "Show all %(count)s lines"
    ],
    "Uploading %(count)s file.": [
      "Uploading %(count)s file.",
      "Uploading %(count)s files.",
      "Uploading %(count)s files.",
      "Uploading %(count)s files.",
      "Uploading %(count)s files.",
      "Uploading %(count)s files."
    ]
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
    "DATETIME_FORMAT": "N j, Y, P",
    "DATETIME_INPUT_FORMATS": [
      "%Y-%m-%d %H:%M:%S",
      "%Y-%m-%d %H:%M:%S.%f",
      "%Y-%m-%d %H:%M",
      "%m/%d/%Y %H:%M:%S",
      "%m/%d/%Y %H:%M:%S.%f",
      "%m/%d/%Y %H:%M",
      "%m/%d/%y %H:%M:%S",
      "%m/%d/%y %H:%M:%S.%f",
      "%m/%d/%y %H:%M"
    ],
    "DATE_FORMAT": "j F\u060c Y",
    "DATE_INPUT_FORMATS": [
      "%Y-%m-%d",
      "%m/%d/%Y",
      "%m/%d/%y",
      "%b %d %Y",
      "%b %d, %Y",
      "%d %b %Y",
      "%d %b, %Y",
      "%B %d %Y",
      "%B %d, %Y",
      "%d %B %Y",
      "%d %B, %Y"
    ],
    "DECIMAL_SEPARATOR": ",",
    "FIRST_DAY_OF_WEEK": 0,
    "MONTH_DAY_FORMAT": "j F",
    "NUMBER_GROUPING": 0,
    "SHORT_DATETIME_FORMAT": "m/d/Y P",
    "SHORT_DATE_FORMAT": "d\u200f/m\u200f/Y",
    "THOUSAND_SEPARATOR": ".",
    "TIME_FORMAT": "g:i A",
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
