/* A line on the terminal for work that takes longer than two seconds, gone when it's done.
 * Nothing where stderr is no terminal. One at a time. */
#ifndef LATLAS_REPORT_PROGRESS_H
#define LATLAS_REPORT_PROGRESS_H

/* `what` is shown as it is and has to live until progress_end(). */
void progress_begin(const char *what);
void progress_end(void);

#endif
