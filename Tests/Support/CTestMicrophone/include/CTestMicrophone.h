#pragma once

// An ALSA plug-in that stands in for a sound card: it plays recordings into the capture path at the pace of a clock.
//
//   pcm_type.heedtest { lib "/path/to/libasound_module_pcm_heedtest.so" }
//   pcm.microphone    { type heedtest  playlist "recordings.tsv"  gap 1.0  speed 4 }
//
// | key      | value     | meaning                                                                                   |
// |----------|-----------|-------------------------------------------------------------------------------------------|
// | file     | path      | one recording, of any format libsndfile reads; its rate and channels are the card's       |
// | playlist | path      | instead of `file`: a text file with a recording a line, in the first tab-separated column, |
// |          |           | relative to the playlist; a first line that starts with `path` and `#` lines are skipped   |
// | gap      | seconds   | silence before each recording and after the last (0)                                      |
// | speed    | factor    | how much faster than real time the card's clock runs (1)                                  |
// | at_end   | word      | `end`: the stream drains and a read gives 0 frames; `silence`: it goes on for ever (end)  |
// | piece    | frames    | the card gives so many frames at a time and wakes the reader for each, whatever the period |
// | busy     | 0 or 1    | 1: opening fails with -EBUSY (0)                                                          |
// | release  | seconds   | time from the first opening after which a busy card can be opened (never)                 |
// | suspend  | frame     | the machine sleeps here: -ESTRPIPE once                                                   |
// | unplug   | frame     | the card is pulled out here: -ENODEV, and -ENODEV for every opening after                 |
// | replug   | seconds   | time after which an unplugged card can be opened again (never)                            |
// | replug_file | path   | what the card plays once it was unplugged: another rate or other channels make another card |
// | stall    | frame     | the card stops to deliver here and says nothing, however often it is opened                |
// | revive   | seconds   | time after which a stalled card delivers again once it is opened (never)                   |
//
// The clock starts with the first start of the stream and never stops, as the world does not: what passes while the
// reader is late (-EPIPE when the buffer is full), suspended or unplugged is lost, and reading goes on at the present.
// One stream of this kind at a time in a process, for the state of an unplugged card outlives its handle.
