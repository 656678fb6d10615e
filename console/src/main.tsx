// Opens the console: one query cache, one event stream, the shell.
import { CSPProvider } from '@base-ui/react/csp-provider';
import { Toast } from '@base-ui/react/toast';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Refused } from './api/ask.ts';
import { followNews } from './api/news.ts';
import { listen } from './api/stream.ts';
import { workspacesQuery } from './api/workspaces.ts';
import { applyTheme } from './preferences.ts';
import { Shell } from './shell.tsx';
import './style/tokens.css';
import './style/base.css';

applyTheme();
const client = new QueryClient({
  defaultOptions: {
    // The event stream says what is old; a refusal doesn't get better by asking again.
    queries: { staleTime: Infinity, refetchOnWindowFocus: false, retry: (count, error) => count < 2 && error instanceof Refused && error.status === 0 },
    mutations: { retry: false },
  },
});
followNews(client);
listen();
// What the first room waits for is asked while the page is still being drawn.
void client.prefetchQuery(workspacesQuery);

const root = document.getElementById('root');
if (root !== null) {
  createRoot(root).render(
    <StrictMode>
      <CSPProvider disableStyleElements>
        <QueryClientProvider client={client}>
          <Toast.Provider>
            <Shell />
          </Toast.Provider>
        </QueryClientProvider>
      </CSPProvider>
    </StrictMode>,
  );
}
